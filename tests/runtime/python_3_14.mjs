// Runs a Python script on CPython 3.14 in WebAssembly: it sees the folders that it is given, and no network.
// Usage: node python_3_14.mjs '{"folders": {"/inside": "/outside"}, "environment": {}}' /inside/script.py

import { loadPyodide } from "pyodide";

async function run({ folders, environment }, script) {
  const python = await loadPyodide({ args: ["-B"], env: environment });
  for (const [inside, outside] of Object.entries(folders)) {
    python.mountNodeFS(inside, outside);
  }
  python.runPython(`
import importlib, runpy, warnings
importlib.invalidate_caches()  # the folders were not there when Python started
warnings.simplefilter("error")
runpy.run_path(${JSON.stringify(script)}, run_name="__main__")
`);
}

const [given, script] = process.argv.slice(2);
try {
  await run(JSON.parse(given), script);
} catch (error) {
  // Node itself would print the line of the source that threw, which has a million characters.
  console.error(error.message);
  process.exitCode = 1;
}
