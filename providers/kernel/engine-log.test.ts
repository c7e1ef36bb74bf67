import { Server, ServerCredentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { expect, onTestFinished, test, vi } from "vitest";
import { engineLog } from "./engine-log";
import { deadPort } from "./fixtures/wire.fixture";

test("lines reach the engine, as plain text, whatever proxies the environment names", async () => {
  const lines: string[] = [];
  const server = new Server();
  server.addService(
    EngineService as never,
    {
      log({ request }: { request: LogRequest }, done: (error: null, answer: Empty) => void) {
        lines.push(request.getMessage());
        done(null, new Empty());
      },
    } as never,
  );
  onTestFinished(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const name of ["grpc_proxy", "https_proxy", "http_proxy"])
    vi.stubEnv(name, `http://127.0.0.1:${await deadPort()}`);
  for (const name of ["no_proxy", "no_grpc_proxy"]) vi.stubEnv(name, undefined);
  const log = engineLog(`127.0.0.1:${port}`);
  log.info("urn", "said");
  log.warn("urn", `\x1b[31m<{%bold%}>\nAll hosts verified\u202e ${"x".repeat(8_000_000)}`);
  await log.flush();
  expect(lines[0]).toBe("said");
  expect(lines[1]).toMatch(/^\\x1b\[31m<\{ %bold%\}> All hosts verified\\u202e x+…$/);
  expect(lines[1]?.length).toBeLessThan(2_100);
});
