import { Server, ServerCredentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { expect, onTestFinished, test, vi } from "vitest";
import { engineLog } from "./engine-log";
import { deadPort } from "./fixtures/wire.fixture";

test("lines of a row reach the engine one after the other, and what it was at goes once that has ended", async () => {
  const taken: string[] = [];
  const ends: (() => void)[] = [];
  const server = new Server();
  server.addService(
    EngineService as never,
    {
      log({ request }: { request: LogRequest }, done: (error: null, answer: Empty) => void) {
        taken.push(`${request.getUrn()} ${request.getEphemeral() ? "…" : "!"} ${request.getMessage()}`);
        ends.push(() => done(null, new Empty()));
        if (ends.length === 2) for (const end of ends) end();
        if (ends.length > 2) ends.at(-1)?.();
      },
    } as never,
  );
  onTestFinished(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
  const log = engineLog(`127.0.0.1:${port}`);
  log.progress("a", "3 of 4");
  log.progress("a", "4 of 4");
  log.progress("b", "half");
  log.info("b", "it is so");
  log.done("a");
  log.done("b");
  log.done("c");
  await log.flush();
  // The first line of b comes second: the next line of a has waited for the answer to its first.
  expect(taken.slice(0, 2).sort()).toEqual(["a … 3 of 4", "b … half"]);
  expect(taken.filter((line) => line.startsWith("a"))).toEqual(["a … 3 of 4", "a … 4 of 4", "a … <{%reset%}>"]);
  expect(taken.filter((line) => !line.startsWith("a"))).toEqual(["b … half", "b ! it is so"]);
});

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
