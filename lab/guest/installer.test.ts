import { expect, test } from "vitest";
import { TOWER, towerPlan } from "../cloudtower/tower.fixture";
import { type Lab, startLab } from "../lab";
import { ask, sessionOf } from "../lab.fixture";
import { type Guest, guestOf, install, installFreed, LOG, prepare, withGuest } from "./guest.fixture";

const SUCCESS = "Install Operation Center Successfully";
const DEAD = { code: 1, out: "", err: "" };

/** Whether CloudTower answers on 443. */
function answers(lab: Lab): Promise<boolean> {
  return ask(lab, "GET", "/v2/api/get-version", { at: TOWER, port: 443 }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** Lets minutes pass while a command runs, each once it has come to a rest. */
async function whilePassing<T>({ lab }: Guest, minutes: number, running: Promise<T>): Promise<T> {
  let over = false;
  const ends = running.finally(() => {
    over = true;
  });
  const passed = () => {
    if (!over) lab.site.pass(minutes);
    return over;
  };
  await expect.poll(passed, { timeout: 20_000 }).toBe(true);
  return ends;
}

test("the installer takes twenty minutes, line by line, and then CloudTower is there", async () => {
  await withGuest({}, async (guest) => {
    const { lab, out, run } = guest;
    expect(await whilePassing(guest, 1, out(prepare))).toContain("Preinstall finished");
    expect(await out(installFreed)).toBe("");
    expect(await out(`tail -n 50 ${LOG}`)).toBe("Start to install Operation Center\n");
    expect(await out("pgrep -f 'installer deploy'")).toMatch(/^\d+\n$/);
    lab.site.pass(10);
    const size = Number(await out(`stat -c %s ${LOG}`));
    expect((await out(`tail -n 1 ${LOG}`)).trim()).toBe("Deploy postgres");
    expect(await answers(lab)).toBe(false);
    lab.site.pass(9.8);
    expect(await out(`tail -c +${size + 1} ${LOG}`)).not.toContain(SUCCESS);
    lab.site.pass(0.5);
    expect((await out(`tail -c +${size + 1} ${LOG}`)).trimEnd().split("\n").at(-1)).toBe(SUCCESS);
    expect(await run("pgrep -f 'installer deploy'")).toEqual(DEAD);
    expect(await answers(lab)).toBe(true);
    expect(lab.site.model.cluster?.guests[guest.vm]?.installerStarts).toBe(1);
    const writes = lab.requests().filter(({ operation }) => operation?.startsWith("guest"));
    expect(writes.map(({ operation, committed }) => [operation, committed])).toEqual([
      ["guestPreinstall", true],
      ["guestInstaller", true],
    ]);
  });
});

test("the runbook's own line does it too, on a pty, into nohup.out", async () => {
  await withGuest({}, async (guest) => {
    const line =
      "sudo sh /usr/share/smartx/tower/preinstall.sh && sudo nohup sudo /usr/share/smartx/tower/installer/binary/installer deploy";
    await whilePassing(guest, 1, guest.run(line, undefined, []));
    expect(await guest.out("cat nohup.out")).toContain(SUCCESS);
  });
});

test("at instant speed all of it is done at the first look", async () => {
  await withGuest({ speed: "instant" }, async (guest) => {
    expect(await guest.out(`${prepare} && ${installFreed}`)).toContain("Preinstall finished");
    expect(await guest.out(`cat ${LOG}`)).toContain(SUCCESS);
    expect(await answers(guest.lab)).toBe(true);
  });
});

test("a site that goes its own way opens CloudTower's port though nobody looks", async () => {
  await withGuest({ speed: 20_000 }, async (guest) => {
    await guest.out(prepare);
    await guest.out(installFreed);
    await expect.poll(() => answers(guest.lab), { timeout: 20_000 }).toBe(true);
  });
});

test.each([
  ["in the foreground", `${install} >> ${LOG}`],
  ["in the background alone", `${install} >> ${LOG} 2>&1 & sleep 9999`],
])("an installer %s dies with its connection", async (_how, command) => {
  await withGuest({ faults: [{ operation: "guestInstaller", count: 1, drop: "after-commit" }] }, async (guest) => {
    await whilePassing(guest, 1, guest.out(prepare));
    await expect(guest.run(command)).rejects.toThrow(/ECONNRESET|closed/);
    expect(await guest.run("pgrep -f 'installer deploy'")).toEqual(DEAD);
    guest.lab.site.pass(30);
    expect(await guest.out(`cat ${LOG}`)).toBe("");
    expect(await answers(guest.lab)).toBe(false);
    expect(guest.lab.site.model.cluster?.guests[guest.vm]?.installerStarts).toBe(1);
  });
});

test.each([
  ["nohup in the background", installFreed],
  ["nohup in the foreground", `nohup ${install} >> ${LOG} 2>&1`],
  ["setsid", `setsid -f ${install} >> ${LOG} 2>&1 < /dev/null`],
  ["setsid and a shell", `setsid sh -c '${install} >> ${LOG} 2>&1' < /dev/null > /dev/null 2>&1 &`],
  [
    "systemd-run",
    `sudo systemd-run --unit=tower-install -p StandardOutput=append:${LOG} /usr/share/smartx/tower/installer/binary/installer deploy`,
  ],
])("an installer freed by %s outlives its connection", async (_how, command) => {
  await withGuest({ faults: [{ operation: "guestInstaller", count: 1, drop: "after-commit" }] }, async (guest) => {
    await whilePassing(guest, 1, guest.out(prepare));
    await expect(guest.run(command)).rejects.toThrow(/ECONNRESET|closed/);
    expect((await guest.run("pgrep -f 'installer deploy'")).code).toBe(0);
    guest.lab.site.pass(20);
    expect(await guest.out(`cat ${LOG}`)).toContain(SUCCESS);
    expect(await answers(guest.lab)).toBe(true);
  });
});

test("a background job that holds the connection's output keeps the connection open", async () => {
  await withGuest({}, async (guest) => {
    await whilePassing(guest, 1, guest.out(prepare));
    let over = false;
    const runs = guest.run(`nohup ${install} &`).finally(() => {
      over = true;
    });
    await expect.poll(async () => (await guest.run("pgrep -f 'installer deploy'")).code).toBe(0);
    expect(over).toBe(false);
    guest.lab.site.pass(20);
    expect((await runs).out).toContain(SUCCESS);
  });
});

test("pgrep -f finds sudo and shells around it, as it does anywhere", async () => {
  await withGuest({}, async ({ run }) => {
    expect((await run("bash -lc \"pgrep -f 'installer deploy'\"")).code).toBe(1);
    expect((await run("pgrep -f 'installer deploy' || exit 3")).code).toBe(0);
    expect((await run("sudo pgrep -f 'installer deploy'")).code).toBe(0);
    expect((await run("sudo pgrep -f '[i]nstaller deploy'")).code).toBe(1);
  });
});

test("two installers at once both fail and say so, and a third alone succeeds", async () => {
  await withGuest({}, async (guest) => {
    const { lab, out, run } = guest;
    await whilePassing(guest, 1, out(prepare));
    await out(installFreed);
    await out(installFreed.replace(LOG, "second.out"));
    for (const file of [LOG, "second.out"]) expect(await out(`tail -n 1 ${file}`)).toContain("another installer");
    expect(await run("pgrep -f 'installer deploy'")).toEqual(DEAD);
    await out(installFreed);
    lab.site.pass(20);
    expect(await out(`tail -n 1 ${LOG}`)).toBe(`${SUCCESS}\n`);
    await out(installFreed);
    lab.site.pass(20);
    expect((await out(`grep -c Successfully ${LOG}`)).trim()).toBe("2");
    expect(lab.site.model.cluster?.guests[guest.vm]?.installerStarts).toBe(4);
  });
});

test.each([
  ["fails", "ERROR the lab was told to let it fail"],
  [{ fails: "ERROR no space left on device" }, "ERROR no space left on device"],
  ["silent", "Kubernetes control plane is ready"],
] as const)("by a fault an installer goes %j", async (installer, last) => {
  await withGuest({ faults: [{ operation: "guestInstaller", count: 1, installer }] }, async (guest) => {
    const { lab, out, run } = guest;
    await whilePassing(guest, 1, out(prepare));
    await out(installFreed);
    lab.site.pass(300);
    expect((await out(`tail -n 1 ${LOG}`)).trim()).toBe(last);
    expect((await run("pgrep -f 'installer deploy'")).code).toBe(installer === "silent" ? 0 : 1);
    expect(await answers(lab)).toBe(false);
    const pid = (await run("pgrep -f 'installer deploy'")).out.trim();
    if (pid) await out(`sudo kill ${pid}`);
    await out(installFreed);
    lab.site.pass(20);
    expect(await out(`tail -n 1 ${LOG}`)).toBe(`${SUCCESS}\n`);
  });
});

test("by faults preinstall fails, is refused or has no effect, and without it the installer fails at once", async () => {
  const rules = [{ preinstall: "fails" }, { answer: { status: 5, body: "no" } }, { lostUpdate: true }] as const;
  const faults = rules.map((rule) => ({ operation: "guestPreinstall", count: 1, ...rule }));
  await withGuest({ faults, speed: "instant" }, async ({ lab, out, run }) => {
    expect(await run(prepare)).toMatchObject({ code: 1, out: "ERROR the lab was told to let it fail\n" });
    expect(await run(prepare)).toEqual({ code: 5, out: "", err: "no\n" });
    expect(await run(prepare)).toMatchObject({ code: 0, out: expect.stringContaining("Preinstall finished") });
    expect(await run(`${install} >> ${LOG}`)).toMatchObject({ code: 1 });
    expect(await out(`cat ${LOG}`)).toBe("ERROR the environment is not prepared, run preinstall.sh first\n");
    expect(lab.faultsApplied()).toEqual([1, 1, 1]);
  });
  await withGuest({ switches: { unprepared: "runs" }, speed: "instant" }, async ({ run }) => {
    expect(await run(`${install} >> ${LOG}`)).toMatchObject({ code: 0 });
  });
});

test("a machine that is switched off takes CloudTower with it and brings it back, with all that was in it", async () => {
  await withGuest({}, async (guest) => {
    const { lab, out, vm, job } = guest;
    await out("sudo -n tee /etc/resolv.conf", "nameserver 10.0.0.1\n");
    await whilePassing(guest, 1, out(prepare));
    await out(installFreed);
    lab.site.pass(20);
    await expect.poll(() => answers(lab)).toBe(true);
    await ask(lab, "POST", "/v2/api/create-root-user", { at: TOWER, port: 443, body: { password: "Canary-1" } });
    await job("POST", `/vms/${vm}/stop`, { force: true });
    await lab.site.settled;
    expect(await answers(lab)).toBe(false);
    await expect(out("true")).rejects.toThrow(/ECONNREFUSED/);
    await job("POST", `/vms/${vm}/start`, { auto_schedule: true });
    lab.site.pass(1);
    await expect.poll(() => answers(lab)).toBe(true);
    expect(await out("cat /etc/resolv.conf")).toBe("nameserver 10.0.0.1\n");
    expect(lab.site.model.cloudtower?.users).toMatchObject([{ username: "root" }]);
    await job("POST", `/vms/${vm}/stop`, { force: true });
    await job("DELETE", `/vms/${vm}`, { include_volumes: true });
    expect(lab.site.model.cloudtower).toBeUndefined();
    expect(lab.site.model.cluster?.guests).toEqual({});
  });
});

test("a machine that is switched off ends an installer in it", async () => {
  await withGuest({}, async (guest) => {
    const { lab, out, run, vm, job } = guest;
    await whilePassing(guest, 1, out(prepare));
    await out(installFreed);
    const waits = run(`${install} > other.out`).catch((error: Error) => error.message);
    await job("POST", `/vms/${vm}/stop`, { force: true });
    expect(await waits).toBeTruthy();
    await job("POST", `/vms/${vm}/start`, { auto_schedule: true });
    lab.site.pass(1);
    await expect.poll(() => run("pgrep -f 'installer deploy'").catch(() => undefined)).toEqual(DEAD);
  });
});

test("a lab that is started again goes on with an installer that was freed, and ends the others", async () => {
  await withGuest({}, async (guest, dir) => {
    const { lab, out, session } = guest;
    await whilePassing(guest, 1, out(prepare));
    const cut = guest.run("sleep 9999").catch((error: Error) => error.message);
    await expect.poll(async () => (await guest.run("pgrep sleep")).code).toBe(0);
    await out(installFreed);
    lab.site.pass(10);
    await out(`cat ${LOG}`);
    const keys = lab.reach.hostKeys;
    await lab.stop();
    expect(await cut).toMatch(/closed|ECONNRESET/);
    const again = await startLab({ plan: towerPlan(), dir, speed: 0 });
    try {
      const next = guestOf(again, sessionOf(again, session.token), guest.vm);
      expect(again.reach.hostKeys).toEqual(keys);
      expect(Object.keys(keys)).toContain(`${TOWER}:22`);
      expect((await next.run("pgrep sleep")).code).toBe(1);
      expect((await next.run("pgrep -f 'installer deploy'")).code).toBe(0);
      again.site.pass(10.5);
      expect(await next.out(`tail -n 1 ${LOG}`)).toBe(`${SUCCESS}\n`);
      expect(await answers(again)).toBe(true);
    } finally {
      await again.stop();
    }
  });
});

test("tail -f follows the log until its reader goes", async () => {
  await withGuest({}, async (guest) => {
    await whilePassing(guest, 1, guest.out(prepare));
    await guest.out(installFreed);
    const follows = guest.run(`tail -f ${LOG}`).catch((error: Error) => error.message);
    guest.lab.site.pass(20);
    expect(await guest.out(`cat ${LOG}`)).toContain(SUCCESS);
    await guest.lab.stop();
    expect(await follows).toMatch(/closed|ECONNRESET/);
  });
});
