// Proxies of the environment are for the way out. Pulumi's Node.js parts would ask them for the engine too, which
// listens on loopback: its gRPC takes grpc_proxy, https_proxy or http_proxy for every address that no_proxy does not name.

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

/**
 * The same environment, in which no proxy is asked for what is on this machine. What else is exempt stays so.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutProxyToLoopback(env) {
  const { no_proxy: lower, NO_PROXY: upper, no_grpc_proxy: grpc } = env;
  return {
    ...env,
    no_proxy: exempt(lower || upper),
    NO_PROXY: exempt(upper || lower),
    // Goes before no_proxy where it is set; and gRPC knows no `*`.
    no_grpc_proxy: listed(grpc || lower || upper),
  };
}

/** @param {string | undefined} value */
function exempt(value) {
  return value?.trim() === "*" ? value : listed(value);
}

/** @param {string | undefined} value */
function listed(value) {
  const own = (value ?? "").split(",").map((each) => each.trim());
  return [...new Set([...own, ...LOOPBACK])].filter(Boolean).join(",");
}
