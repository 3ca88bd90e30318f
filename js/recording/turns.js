/**
 * How many threads of libuv's pool are used at a time. It has four by default, which the whole process
 * shares: files and host names go on while these are busy. Copying a piece of a text takes the JavaScript
 * thread a quarter of what decoding it takes one of these, so two of them leave it half of its time.
 */
const THREADS = 2;

let free = THREADS;
/** How much has been worked so far, in bytes or characters. */
let worked = 0;
/**
 * The work that waits for a thread, what is due first in front.
 *
 * @type {{ due: number, begin: () => void }[]}
 */
const waiting = [];

/**
 * Does work on the pool in steps, beside other work.
 *
 * Work is due when as much has been worked since it came as it is long. So what is short waits for a step
 * of what is long, and not for its end; what is long waits for as much as it is long, and not for ever;
 * and of several equally long ones the first ends before the last begins, and takes memory.
 *
 * @template T
 * @param {number} length In bytes or characters.
 * @param {(turn: (length: number) => Promise<void>) => Promise<T>} work Awaits a turn before each step,
 *   and has nothing in the pool meanwhile.
 */
export async function inTurns(length, work) {
  // Of two equally long ones the first is due first.
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

/** Whether no work but the caller's has a thread. */
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
