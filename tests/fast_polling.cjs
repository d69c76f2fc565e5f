// Node.js loads this before the CDK CLI, which polls the state of a stack every five real seconds: in tests, it does so
// every fifth of a second.
const original = globalThis.setTimeout;
function setTimeout(callback, milliseconds, ...rest) {
  const isPoll = milliseconds === 5000 && /\bwaitFor\b/.test(new Error().stack);
  return original(callback, isPoll ? 200 : milliseconds, ...rest);
}
globalThis.setTimeout = Object.defineProperties(setTimeout, Object.getOwnPropertyDescriptors(original));
