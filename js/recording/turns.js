/**
 * The number of threads of libuv's pool that are used at a time. The pool has four by default, for the
 * whole process; two stay free for files and host names. Copying a piece of a text takes the JavaScript
 * thread a quarter of the time of decoding it, so two busy threads leave it half of its time.
 */
const THREADS = 2;

let free = THREADS;
/** The amount of work done so far, in bytes or characters. */
let worked = 0;
/**
 * The work that waits for a thread, in the order in which it is due.
 *
 * @type {{ due: number, begin: () => void }[]}
 */
const waiting = [];

/**
 * Runs work in the pool in steps, in turn with other work.
 *
 * Work of a length `n` is due when other work of a total length `n` has been done since it arrived. Short
 * work therefore waits for one step of long work, not for its end. Long work waits for other work of its
 * own length at most. Of several equally long ones, one ends before the next begins and takes memory.
 *
 * @template T
 * @param {number} length In bytes or characters.
 * @param {(turn: (length: number) => Promise<void>) => Promise<T>} work Awaits `turn` before each step.
 *   It has nothing in the pool while it waits.
 */
export async function inTurns(length, work) {
  // The increment makes the earlier one of two equally long ones due first.
  const due = ++worked + length;
  await enter(due);
  try {
    return await work(async (length) => {
      worked += length;
      const [first] = waiting;
      if (first && first.due < due) {
        leave();
        await enter(due);
      }
    });
  } finally {
    leave();
  }
}

/** Whether only the caller's work has a thread. */
export function isAlone() {
  return free === THREADS - 1;
}

/** @param {number} due */
async function enter(due) {
  if (free > 0) {
    free--;
    return;
  }
  await new Promise((resolve) => {
    const before = waiting.findLastIndex((other) => other.due < due);
    waiting.splice(before + 1, 0, { due, begin: () => resolve(undefined) });
  });
}

function leave() {
  const next = waiting.shift();
  if (next) next.begin();
  else free++;
}
