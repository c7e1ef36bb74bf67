import { type DocumentNode, GraphQLError, graphqlSync, parse, validate } from "graphql";
import { z } from "zod";
import type { Answer, Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { wrongLogin } from "./accounts";
import { ecPolicy } from "./cluster-settings";
import { resolversFor } from "./graphql-resolvers";
import { graphqlSchema, readClusterSettings } from "./graphql-schema";
import { pageSize } from "./page";
import { onTower } from "./rest";
import { vncToken } from "./vnc";

const GRAPHQL_PATH = "/api";

const requestSchema = z.looseObject({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** What the documents show of GraphQL (runbook stages 04 and 06; facts, part B 5C), each by its first field. */
export const graphqlOperations: Operation[] = [
  graphql("createUser", true, {
    source:
      "runbook stage 04 配置cloudtower 管理员密码: without a log-in; the one blob that is known stands for the factory password: facts, part A 1",
    assumed: "the root user alone; with encoded left out the password is plain; any other blob is refused",
  }),
  graphql("login", false, {
    source: "facts, part A 7.1",
    assumed: "need_mfa false; no cookie is set",
    switches: [wrongLogin],
  }),
  graphql("createOrganization", true, {
    source: "runbook stage 04 配置cloudtower 组织名称: without a log-in",
    assumed: "that holds for the first one only; a name that is there is refused",
  }),
  graphql("organizations", false, {
    source: "runbook stage 04 验证cloudtower 管理员密码和组织名称配置成功 (checkTowerIsSetup): without a log-in",
    switches: [pageSize],
  }),
  graphql("userCreated", false, {
    source: "runbook stage 04 验证cloudtower 管理员密码和组织名称配置成功 (checkTowerIsSetup): without a log-in",
  }),
  graphql("updateCloudTowerNtpUrl", true, {
    source: "runbook stage 04 配置cloudtower ntp: commas out, semicolons back",
    assumed: "any names are taken",
  }),
  graphql("deploys", false, {
    source: "runbook stage 04 导出cloudtower 序列号写入规划表",
    assumed: "the licence's figures are those of the sample",
    switches: [pageSize],
  }),
  graphql("vnc", false, {
    source: "cloudtower-api-guide, 如何获取 VNC 信息: vm_uuid, host_ip, cluster_ip, raw_token",
    assumed: "refused for a machine that does not run; the same tokens each time",
    switches: [vncToken],
  }),
  graphql("clusterSettingses", false, {
    source: "none: REST has /get-cluster-settingses",
    assumed: "that GraphQL has it too, with the fields of updateClusterSettings",
    switches: [readClusterSettings, pageSize],
  }),
  graphql("updateClusterSettings", true, {
    source: "runbook stage 06 配置默认存储策略为双副本且开启精简配置; erasure coding: facts, part A 6",
    assumed: "figures that contradict the policy's name are refused; null until one is set",
    switches: [ecPolicy],
  }),
  graphql("globalAlertRules", false, {
    source: "runbook stage 06 获取所有报警规则",
    assumed: "of the vendor's 94 rules four, three of them made up",
    switches: [pageSize],
  }),
  graphql("globalAlertRulesConnection", false, { source: "runbook stage 06 获取所有报警规则" }),
  graphql("updateGlobalAlertRule", true, {
    source: "runbook stage 06 配置集群存储容量告警: the global rule, and the rule of each cluster by its own id",
    assumed: "what is left out stays",
  }),
  graphql("*", true, {
    source: "the lab's own rule: it answers errors",
    assumed: "HTTP 400 for what GraphQL itself refuses",
  }),
];

const byField = new Map(graphqlOperations.map((operation) => [operation.graphql, operation]));

/** Whether an answer says that a field was refused (facts, part A 1). */
export function hasErrors(body: unknown): boolean {
  return ((body ?? {}) as { errors?: unknown }).errors !== undefined;
}

/** The operation that a request is for; undefined for a call that is no request of GraphQL's. */
export function graphqlCall(method: string, path: string, body: unknown): Operation | undefined {
  if (method !== "POST" || path !== GRAPHQL_PATH) return undefined;
  const field = firstField(documentOf(body));
  return (byField.get(field) ?? byField.get("*")) as Operation;
}

function graphql(field: string, write: boolean, about: Pick<Operation, "source" | "assumed" | "switches">): Operation {
  const id = field === "*" ? "graphqlOther" : `graphql${field.slice(0, 1).toUpperCase()}${field.slice(1)}`;
  return {
    id,
    system: "cloudtower",
    method: "POST",
    path: GRAPHQL_PATH,
    graphql: field,
    write,
    ...about,
    checkedBy: "lab tests",
    handle: (site, call) => onTower(site, call, (tower) => answered(site, call, resolversFor(site, tower, call))),
  };
}

/** Runs a request. What a field refuses is answered with HTTP 200 (facts, part A 1). */
function answered({ switches }: SiteState, call: Call, rootValue: unknown): Answer {
  const schema = graphqlSchema(switches);
  const request = requestSchema.safeParse(call.body);
  if (!request.success) return errors(400, [new GraphQLError("the request needs a query")]);
  const { query, variables, operationName } = request.data;
  const document = documentOf(call.body);
  if (document instanceof GraphQLError) return errors(400, [document]);
  const invalid = document ? validate(schema, document) : [];
  if (invalid.length > 0) return errors(400, invalid);
  const result = graphqlSync({
    schema,
    source: query,
    rootValue,
    variableValues: variables ?? null,
    operationName: operationName ?? null,
  });
  if (result.errors) return errors(200, result.errors);
  return { status: 200, body: { data: result.data } };
}

function errors(status: number, all: readonly GraphQLError[]): Answer {
  return { status, body: { errors: all.map(({ message, path }) => ({ message, ...(path && { path }) })), data: null } };
}

function documentOf(body: unknown): DocumentNode | GraphQLError | undefined {
  const request = requestSchema.safeParse(body);
  if (!request.success) return undefined;
  try {
    return parse(request.data.query);
  } catch (error) {
    return error as GraphQLError;
  }
}

function firstField(document: DocumentNode | GraphQLError | undefined): string | undefined {
  if (!document || document instanceof GraphQLError) return undefined;
  for (const definition of document.definitions) {
    if (definition.kind !== "OperationDefinition") continue;
    const field = definition.selectionSet.selections.find((selection) => selection.kind === "Field");
    return field?.kind === "Field" ? field.name.value : undefined;
  }
  return undefined;
}
