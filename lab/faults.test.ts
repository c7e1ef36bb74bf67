import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import type { FaultRule } from "./faults";
import { type Lab, startLab } from "./lab";
import { ask, deploy, deployRequest, FIRST, labPlan, logIn, SECOND, VIP, withLab } from "./lab.fixture";

const SCAN = "/api/v2/deployment/host";
const DEPLOY = "/api/v2/deployment/cluster";

test.each<[string, FaultRule, RegExp, boolean]>([
  ["dropped before it takes effect", { drop: "before-commit" }, /ECONNRESET|socket hang up/, false],
  ["dropped after it took effect", { drop: "after-commit" }, /ECONNRESET|socket hang up/, true],
  ["answered by half", { halfBody: true }, /aborted|ECONNRESET/, true],
  ["left hanging before it takes effect", { hang: "before-commit" }, /abort/i, false],
  ["left hanging after it took effect", { hang: "after-commit" }, /abort/i, true],
])("a deployment request is %s", async (_what, fault, error, takesEffect) => {
  await withLab({ speed: 0 }, async (lab) => {
    const body = await deployRequest(lab, labPlan());
    lab.setFaults([{ operation: "deployCluster", count: 1, ...fault }]);
    const timeout = fault.hang ? 1_000 : undefined;
    await expect(ask(lab, "POST", DEPLOY, { body, timeout })).rejects.toThrow(error);
    expect(lab.requests().at(-1)).toMatchObject({ operation: "deployCluster", committed: takesEffect });
    const again = await ask(lab, "POST", DEPLOY, { body });
    expect(again.body.ec).toBe(takesEffect ? "EDEPLOYING" : "EOK");
    expect(lab.faultsApplied()).toEqual([1]);
  });
});

test("a gateway's HTML comes instead of the answer, and nothing takes effect", async () => {
  await withLab({ speed: 0 }, async (lab) => {
    lab.setFaults([{ operation: "deployCluster", answer: { status: 502, html: true } }]);
    const reply = await deploy(lab);
    expect(reply).toMatchObject({ status: 502, type: "text/html", text: expect.stringMatching(/^<html>/) });
    expect(lab.site.model.deployment).toBeUndefined();
  });
});

test("a vendor's code comes instead of the answer", async () => {
  const body = { ec: "EBUSY", data: {}, error: { msg: "later" } };
  await withLab({ faults: [{ operation: "scanHost", answer: { status: 200, body } }] }, async (lab) => {
    expect((await ask(lab, "GET", SCAN)).body).toEqual(body);
  });
});

test("expireSession forgets the session of the call and no other", async () => {
  await withLab({}, async (lab) => {
    await deploy(lab);
    const token = await logIn(lab);
    const other = await logIn(lab);
    lab.setFaults([{ operation: "readLicense", expireSession: true, count: 1 }]);
    expect((await ask(lab, "GET", "/api/v2/tools/license", { token })).status).toBe(401);
    expect((await ask(lab, "GET", "/api/v2/tools/license", { token })).status).toBe(401);
    expect((await ask(lab, "GET", "/api/v2/tools/license", { token: other })).status).toBe(200);
  });
});

test("a delayed answer comes after its time and is the right one", async () => {
  await withLab({ faults: [{ operation: "scanHost", delay: 300 }] }, async (lab) => {
    await expect(ask(lab, "GET", SCAN, { timeout: 100 })).rejects.toThrow(/abort/i);
    expect((await ask(lab, "GET", SCAN)).body.ec).toBe("EOK");
  });
});

test("a rule lets calls pass, applies so often, and counts", async () => {
  const rule: FaultRule = { operation: "scanHost", skip: 2, count: 2, answer: { status: 500 } };
  await withLab({ faults: [rule, { operation: "setVip", drop: "before-commit" }] }, async (lab) => {
    const seen: number[] = [];
    for (let call = 0; call < 6; call++) seen.push((await ask(lab, "GET", SCAN)).status);
    expect(seen).toEqual([200, 200, 500, 500, 200, 200]);
    expect(lab.faultsApplied()).toEqual([2, 0]);
  });
});

test("a rule for an endpoint leaves the others alone", async () => {
  await withLab({ faults: [{ endpoint: `${SECOND}:80`, answer: { status: 503 } }] }, async (lab) => {
    expect((await ask(lab, "GET", SCAN, { at: FIRST })).status).toBe(200);
    expect((await ask(lab, "GET", SCAN, { at: SECOND })).status).toBe(503);
    expect((await ask(lab, "GET", SCAN, { at: SECOND, port: 443 })).status).toBe(200);
  });
});

test("what is drawn by probability is the same for the same seed", async () => {
  const drawn = async (seed: string) => {
    const seen: number[] = [];
    const faults = [{ operation: "scanHost", probability: 0.5, answer: { status: 500 } }];
    await withLab({ seed, faults }, async (lab) => {
      for (let call = 0; call < 20; call++) seen.push((await ask(lab, "GET", SCAN)).status);
      expect(lab.faultsApplied()).toEqual([seen.filter((status) => status === 500).length]);
    });
    return seen;
  };
  const first = await drawn("a");
  expect(new Set(first)).toEqual(new Set([200, 500]));
  expect(await drawn("a")).toEqual(first);
  expect(await drawn("b")).not.toEqual(first);
});

test("a lab stops while a call hangs", async () => {
  let hanging: Promise<unknown> = Promise.resolve();
  await withLab({ faults: [{ operation: "scanHost", hang: "before-commit" }] }, async (lab) => {
    hanging = ask(lab, "GET", SCAN).catch((error: Error) => error);
    await expect.poll(() => lab.requests().length).toBe(1);
  });
  expect(await hanging).toBeInstanceOf(Error);
});

test("a call that is delayed when the lab stops takes no effect any more", async () => {
  const faults = [{ operation: "deployCluster", delay: 200 }];
  await withLab({ speed: 0, faults }, async (first, dir) => {
    const waiting = deploy(first).catch((error: Error) => error);
    await expect.poll(() => first.requests().at(-1)?.operation).toBe("deployCluster");
    await first.stop();
    expect(await waiting).toBeInstanceOf(Error);
    // The next lab's answer comes after the first one's call is due.
    const second = await startLab({ plan: labPlan(), dir, speed: 0, faults: [{ operation: "scanHost", delay: 600 }] });
    try {
      expect((await ask(second, "GET", SCAN)).body.ec).toBe("EOK");
    } finally {
      await second.stop();
    }
    expect(first.requests().at(-1)).toMatchObject({ operation: "deployCluster", committed: false });
    expect(first.site.model.deployment).toBeUndefined();
  });
});

test("connections are refused at one endpoint, HTTP or SSH, as long as the rule stands", async () => {
  await withLab({}, async (lab) => {
    const reached = (port: number) => {
      const [host, at] = (lab.reach.endpoints[`${FIRST}:${port}`] as string).split(":");
      const socket = connect(Number(at), host);
      return once(socket, "connect")
        .then(
          () => "open",
          (error: NodeJS.ErrnoException) => error.code,
        )
        .finally(() => socket.destroy());
    };
    await lab.setFaults([
      { endpoint: `${FIRST}:80`, refuse: true },
      { endpoint: `${FIRST}:22`, refuse: true },
    ]);
    expect([await reached(80), await reached(443), await reached(22)]).toEqual([
      "ECONNREFUSED",
      "open",
      "ECONNREFUSED",
    ]);
    expect((await ask(lab, "GET", SCAN, { at: SECOND })).status).toBe(200);
    await lab.setFaults([]);
    expect([await reached(80), await reached(22)]).toEqual(["open", "open"]);
    expect((await ask(lab, "GET", SCAN)).status).toBe(200);
  });
});

test("a lab may start with an endpoint refused, and a rule that refuses nothing in particular is an error", async () => {
  await withLab({ faults: [{ endpoint: `${SECOND}:80`, refuse: true }] }, async (lab) => {
    await expect(ask(lab, "GET", SCAN, { at: SECOND })).rejects.toThrow(/ECONNREFUSED/);
    await expect(lab.setFaults([{ refuse: true }])).rejects.toThrow("needs an endpoint, such as 10.0.20.101:80");
  });
});

test("a stale read shows the site as it was before the last write", async () => {
  await withLab({}, async (lab) => {
    await deploy(lab);
    const token = await logIn(lab);
    const put = (management_vip: string | null) =>
      ask(lab, "PUT", "/api/v2/settings/vip", { token, body: { management_vip, iscsi_vip: null } });
    const shown = async () => (await ask(lab, "GET", "/api/v2/settings/vip", { token })).body.data?.["management_vip"];
    await put(VIP);
    await put(null);
    await put("10.0.20.11");
    await lab.setFaults([{ operation: "readVip", staleRead: true, count: 1 }]);
    expect([await shown(), await shown()]).toEqual([null, "10.0.20.11"]);
    expect(
      lab
        .requests()
        .map(({ fault }) => fault?.staleRead)
        .filter(Boolean),
    ).toEqual([true]);
  });
});

test("a lost update is answered as done and changes nothing", async () => {
  await withLab({ speed: 0 }, async (lab) => {
    await lab.setFaults([{ operation: "deployCluster", lostUpdate: true, count: 1 }]);
    expect((await deploy(lab)).body.ec).toBe("EOK");
    expect(lab.site.model.deployment).toBeUndefined();
    expect(lab.requests().at(-1)?.committed).toBe(false);
    expect((await deploy(lab)).body.ec).toBe("EOK");
    expect(lab.requests().at(-1)?.committed).toBe(true);
  });
});

test("a deployment fails at the stage of the rule, not before", async () => {
  await withLab({ speed: 0 }, async (lab) => {
    await lab.setFaults([{ operation: "deployCluster", deployment: { failAtStage: 3 } }]);
    await deploy(lab);
    lab.site.pass(8);
    expect((await status(lab)).body.data?.["current_stage"]).toBe(3);
    lab.site.pass(1);
    expect((await status(lab)).body.ec).toBe("ENOTFOUND");
    expect((await ask(lab, "GET", "/api/v2/deployment/deploy_verify")).body.data?.["is_deployed"]).toBe(false);
  });
});

test.each([1_000, "instant"] as const)(
  "at speed %s a deployment that is stuck stays at its stage, also where hosts are cut off in it",
  async (speed) => {
    await withLab({ speed }, async (lab) => {
      await lab.setFaults([{ operation: "deployCluster", deployment: { stuckAtStage: 3 } }]);
      await deploy(lab);
      lab.site.pass(10_000);
      expect((await status(lab)).body.data).toMatchObject({ current_stage: 3, state: "running" });
    });
    await withLab({ speed }, async (lab) => {
      await lab.setFaults([{ operation: "deployCluster", deployment: { stuckAtStage: 2 } }]);
      await deploy(lab);
      lab.site.pass(10_000);
      await expect(status(lab)).rejects.toThrow(/ECONNRESET|hang up/);
    });
  },
);

function status(lab: Lab) {
  return ask(lab, "GET", `/api/v2/deployment/host/deploy_status?host_ip=${FIRST}`);
}

test("a fault at the VIP's own endpoint applies there alone", async () => {
  await withLab({}, async (lab) => {
    await deploy(lab);
    const token = await logIn(lab);
    await ask(lab, "PUT", "/api/v2/settings/vip", { token, body: { management_vip: VIP, iscsi_vip: null } });
    lab.setFaults([{ endpoint: `${VIP}:80`, drop: "before-commit" }]);
    await expect(ask(lab, "GET", "/api/v2/settings/vip", { at: VIP, token })).rejects.toThrow(/ECONNRESET|hang up/);
    expect((await ask(lab, "GET", "/api/v2/settings/vip", { token })).status).toBe(200);
  });
});
