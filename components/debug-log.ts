import * as pulumi from "@pulumi/pulumi";

/**
 * Leaves the engine's answers out of the program's debug log. Pulumi's SDK writes each of them there whole (3.248.0,
 * runtime/resource.js: `RegisterResource RPC finished: …, resp: …`), and so the secrets among a resource's inputs, in
 * plain, for `--debug` and from -v=3 on. It has no setting for that.
 */
export function keepAnswersOutOfDebugLog(): void {
  const { debug } = pulumi.log;
  const quiet: typeof debug = (message, ...more) =>
    debug(message.replace(/\bresp: .*/s, "resp: (left out, since it may hold secrets)"), ...more);
  Object.assign(pulumi.log, { debug: quiet });
}
