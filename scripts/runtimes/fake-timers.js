// Fakes timers, which never fire, and the clock, which stands still, before the first import and for each
// test.
import { beforeEach, vi } from "vitest";

vi.useFakeTimers();
beforeEach(() => {
  // A test that fakes timers itself restores the real ones, so they are faked again.
  vi.useFakeTimers();
});
