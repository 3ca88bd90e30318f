// Timers that never fire and a clock that stands still, from the first import on and for each test.
import { beforeEach, vi } from "vitest";

vi.useFakeTimers();
beforeEach(() => {
  // A test that fakes timers itself leaves real ones behind.
  vi.useFakeTimers();
});
