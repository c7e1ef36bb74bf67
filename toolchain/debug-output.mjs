// What makes the engine write secrets down in plain: from verbosity 7 on it logs all that it hands to a provider, and
// its traces and the log of its gRPC hold every call whole.

const LOUD = 7;

/**
 * Which of the arguments and variables make it do so, as they were written.
 * @param {string[]} args of pulumi
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]}
 */
export function plainOutput(args, env) {
  const { PULUMI_OPTION_VERBOSE: verbose, PULUMI_OPTION_TRACING: tracing, PULUMI_DEBUG_GRPC: grpc } = env;
  return [
    ...flagsOf(args),
    ...(isLoud(verbose) ? [`PULUMI_OPTION_VERBOSE=${verbose}`] : []),
    ...(tracing ? ["PULUMI_OPTION_TRACING"] : []),
    ...(grpc ? ["PULUMI_DEBUG_GRPC"] : []),
  ];
}

/** @param {string[]} args @returns {string[]} */
function flagsOf(args) {
  const found = [];
  for (const [index, arg] of args.entries()) {
    if (arg === "--") break;
    const next = args[index + 1];
    if (/^--tracing(=.+)?$/.test(arg)) found.push("--tracing");
    // -v=9, -v9, -v 9, and after the letters that take no value: -yv9.
    const flag = arg.match(/^(?:--verbose(?==|$)|-[yfjdeQhriau]*v)=?(.*)$/);
    if (flag && isLoud(flag[1] || next)) found.push(flag[1] ? arg : `${arg} ${next}`);
  }
  return found;
}

/** As the engine reads numbers: 9, 0x9, 0b1001, 0o11, 1_0. @param {string | undefined} text */
function isLoud(text) {
  if (!text) return false;
  const plain = text.replaceAll("_", "");
  return Number(/^0[0-7]+$/.test(plain) ? `0o${plain}` : plain) >= LOUD;
}
