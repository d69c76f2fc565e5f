// The CDK CLI describes a stack that is not stable every five real seconds. On the offline AWS, whose time runs faster,
// that would be most of the time of a test, so here it waits for a fifth of a second.
const original = globalThis.setTimeout;
function setTimeout(callback, milliseconds, ...rest) {
  const isPoll = milliseconds === 5000 && /\bwaitFor\b/.test(new Error().stack);
  return original(callback, isPoll ? 200 : milliseconds, ...rest);
}
globalThis.setTimeout = Object.defineProperties(setTimeout, Object.getOwnPropertyDescriptors(original));
