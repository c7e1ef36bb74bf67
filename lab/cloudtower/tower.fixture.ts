import type { SitePlan } from "../../plan/site-plan";
import type { Lab, LabOptions } from "../lab";
import { ask, labPlan, type Reply, type Session, standing, VIP, withLab } from "../lab.fixture";
import { checkExchange } from "./openapi.fixture";

export const TOWER = "10.0.20.15";
export const PASSWORD = "HC!r0cks";

export function towerPlan(hosts = 3): SitePlan {
  return { ...labPlan(hosts), cloudtower: { address: TOWER } };
}

/** What an answer of CloudTower's may hold. */
export interface TowerReply<T> extends Omit<Reply, "body"> {
  body: T;
}

export interface Tower {
  lab: Lab;
  token: string | undefined;
  /** A call of the REST API, by its path without /v2/api. */
  post<T = Record<string, unknown>>(path: string, body?: unknown, token?: string | null): Promise<TowerReply<T>>;
  /** The body of an answer with status 200; throws for any other. */
  data<T>(path: string, body?: unknown): Promise<T>;
  graphql<T>(query: string, variables?: unknown, token?: string | null): Promise<TowerReply<GraphqlBody<T>>>;
}

export interface GraphqlBody<T> {
  data: T;
  errors?: { message: string }[];
}

/** Runs `body` with a CloudTower that is installed and nobody has set up. */
export async function withTower(options: Partial<LabOptions>, body: (tower: Tower, dir: string) => Promise<void>) {
  await withLab({ plan: towerPlan(), ...options }, async (lab, dir) => {
    lab.cloudtower.install();
    await lab.site.settled;
    await body(towerOf(lab), dir);
  });
}

/** Runs `body` with a CloudTower that is set up, logged in as root. */
export async function withSetUpTower(options: Partial<LabOptions>, body: (tower: Tower) => Promise<void>) {
  await withTower(options, async (tower) => {
    await setUp(tower);
    await body(tower);
  });
}

export async function setUp(tower: Tower): Promise<void> {
  await tower.data("/create-root-user", { password: PASSWORD });
  tower.token = await logIn(tower);
  await tower.data("/create-organization", [{ name: "C89" }]);
}

export async function logIn({ data }: Tower, password = PASSWORD): Promise<string> {
  const answer = await data<{ data: { token: string } }>("/login", { username: "root", source: "LOCAL", password });
  return answer.data.token;
}

export function towerOf(lab: Lab): Tower {
  const version = () => lab.site.model.cloudtower?.version ?? "4.6.0";
  const tower: Tower = {
    lab,
    token: undefined,
    async post<T>(path: string, body: unknown = {}, token: string | null | undefined = tower.token) {
      const reply = await ask(lab, "POST", `/v2/api${path}`, {
        at: TOWER,
        port: 443,
        body,
        headers: { "x-smartx-token": "", ...(token && { authorization: token }) },
      });
      checkExchange(version(), {
        method: "POST",
        path,
        request: body,
        status: reply.status,
        answer: reply.text === "" ? undefined : reply.body,
        requestId: reply.headers["x-tower-request-id"] as string | undefined,
      });
      return reply as unknown as TowerReply<T>;
    },
    async data<T>(path: string, body?: unknown) {
      const reply = await tower.post<T>(path, body);
      if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${reply.text}`);
      return reply.body;
    },
    async graphql<T>(query: string, variables: unknown = {}, token: string | null | undefined = tower.token) {
      const operationName = query.match(/(?:query|mutation) (\w+)/)?.[1];
      const reply = await ask(lab, "POST", "/api", {
        at: TOWER,
        port: 443,
        body: { ...(operationName && { operationName }), variables, query },
        headers: { "x-smartx-token": "", ...(token && { authorization: token }) },
      });
      return reply as unknown as TowerReply<GraphqlBody<T>>;
    },
  };
  return tower;
}

/** A cluster that stands behind its VIP, the session in it, and the password that CloudTower needs. */
export async function withCluster(
  options: Partial<LabOptions>,
  body: (tower: Tower, session: Session, password: string) => Promise<void>,
) {
  await withSetUpTower(options, async (tower) => {
    const session = await standing(tower.lab, towerPlan());
    tower.lab.smtxos.setManagementVip(VIP);
    await body(tower, session, tower.lab.site.model.cluster?.rootPassword as string);
  });
}

/** Makes a datacenter and connects the cluster to it; the ids. */
export async function connect(tower: Tower, password: string): Promise<{ cluster: string; datacenter: string }> {
  const datacenter = await addDatacenter(tower);
  const made = await tower.data<WithTask[]>("/connect-cluster", [
    { ip: VIP, username: "root", password, datacenter_id: datacenter },
  ]);
  return { cluster: made[0]?.data.id as string, datacenter };
}

async function addDatacenter(tower: Tower, name = "DC-01"): Promise<string> {
  const [organization] = await tower.data<{ id: string }[]>("/get-organizations");
  const [made] = await tower.data<WithTask[]>("/create-datacenter", [{ name, organization_id: organization?.id }]);
  return made?.data.id as string;
}

export interface WithTask {
  task_id: string | null;
  data: { id: string; [field: string]: unknown };
}
