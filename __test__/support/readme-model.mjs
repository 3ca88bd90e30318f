// Loaded before the README's program: a model in place of the one that the program would have.
import { setDefaultModelProvider, setTracingDisabled } from "@openai/agents";
import { call, patch, scripted } from "./model.js";

const LOOP = 'while read -r line; do echo "$line" >> heard; echo "heard $line"; done';

/** @param {string} cmd */
const command = (cmd) => call("exec_command", { cmd, yield_time_ms: 3_000 });

const { model } = scripted(
  (function* () {
    const started = yield call("exec_command", { cmd: LOOP, yield_time_ms: 300 });
    const [, id] = /^Process running with session ID (\d+)$/m.exec(started) ?? [];
    console.log(yield call("move_to", { sandbox: "away" }));
    yield patch({ type: "create_file", path: "notes", diff: "+taken away" });
    yield call("write_stdin", { session_id: Number(id), chars: "hello\n", yield_time_ms: 500 });
    console.log(yield command("grep . *"));
    console.log(yield call("move_to", { sandbox: "home" }));
    console.log(yield command("grep . *"));
  })(),
);
setDefaultModelProvider({ getModel: () => model });
setTracingDisabled(true);
