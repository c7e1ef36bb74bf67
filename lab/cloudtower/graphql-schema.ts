import { buildSchema, type GraphQLSchema } from "graphql";
import { oneOf, type SwitchStates } from "../switch";
import { vncToken } from "./vnc";

export const readClusterSettings = oneOf(
  "readClusterSettings",
  [true, false],
  "GraphQL has the query clusterSettingses.",
  "whether GraphQL lists cluster settings, with the figures that 4.6.0's REST lacks; false: only the answer to updateClusterSettings shows them",
);

/**
 * What the documents show of CloudTower's GraphQL: the runbook's requests of stages 04 to 06 fit, word by word. Inputs
 * are checked where they are used: the runbook sends __typename in them, which no declared input type lets through.
 * vnc is of cloudtower-api-guide, 如何获取 VNC 信息.
 */
const text = `
scalar DateTime
scalar UserCreateInput
scalar CreateUserEffect
scalar LoginInput
scalar LoginEffect
scalar OrganizationCreateInput
scalar OrganizationWhereInput
scalar OrganizationOrderByInput
scalar NtpCommonUpdateInput
scalar ClusterSettingsUpdateInput
scalar ClusterSettingsWhereUniqueInput
scalar ClusterSettingsWhereInput
scalar ClusterSettingsOrderByInput
scalar GlobalAlertRuleWhereInput
scalar GlobalAlertRuleOrderByInput
scalar GlobalAlertRuleUpdateInput
scalar GlobalAlertRuleWhereUniqueInput
scalar DeployWhereInput
scalar DeployOrderByInput
scalar VncInput

type Query {
  organizations(where: OrganizationWhereInput, orderBy: OrganizationOrderByInput, skip: Int, after: String, before: String, first: Int, last: Int): [Organization!]!
  userCreated: UserCreatedData!
  deploys(where: DeployWhereInput, orderBy: DeployOrderByInput, skip: Int, after: String, before: String, first: Int, last: Int): [Deploy!]!
  vnc(input: VncInput!): Vnc!
  clusterSettingses(where: ClusterSettingsWhereInput, orderBy: ClusterSettingsOrderByInput, skip: Int, after: String, before: String, first: Int, last: Int): [ClusterSettings!]!
  globalAlertRules(where: GlobalAlertRuleWhereInput, orderBy: GlobalAlertRuleOrderByInput, skip: Int, after: String, before: String, first: Int, last: Int): [GlobalAlertRule!]!
  globalAlertRulesConnection(where: GlobalAlertRuleWhereInput): GlobalAlertRuleConnection!
}

type Mutation {
  login(data: LoginInput!, effect: LoginEffect): Login
  createUser(data: UserCreateInput!, effect: CreateUserEffect): User
  createOrganization(data: OrganizationCreateInput!): Organization
  updateCloudTowerNtpUrl(data: NtpCommonUpdateInput!): UpdateNtpCommonResult
  updateClusterSettings(data: ClusterSettingsUpdateInput!, where: ClusterSettingsWhereUniqueInput!): ClusterSettings
  updateGlobalAlertRule(data: GlobalAlertRuleUpdateInput!, where: GlobalAlertRuleWhereUniqueInput!): GlobalAlertRule
}

type Login { token: String! uid: String! need_mfa: Boolean }
type User { id: ID! }
type UserCreatedData { created: Boolean! }
type Organization { id: ID! name: String! }
type UpdateNtpCommonResult { ntp_service_url: String! }
type Deploy { id: ID! version: String! license: License }
type License {
  id: ID!
  license_serial: String!
  maintenance_end_date: DateTime
  maintenance_start_date: DateTime
  max_chunk_num: Int!
  max_cluster_num: Int!
  max_vm_num: Int
  used_vm_num: Int
  sign_date: DateTime!
  expire_date: DateTime!
  software_edition: String!
  type: String!
  vendor: String
}
type Vnc {
  vm_uuid: String!
  host_ip: String!
  cluster_ip: String!
  raw_token: String!
  token: String!
}
type Cluster { id: ID! name: String! }
type ClusterSettings {
  id: ID!
  cluster: Cluster!
  default_ha: Boolean
  default_ha_priority: String
  enabled_iscsi: Boolean
  default_storage_policy: String
  default_storage_policy_replica_num: Int
  default_storage_policy_ec_k: Int
  default_storage_policy_ec_m: Int
  default_storage_policy_thin_provision: Boolean
  default_storage_encryption: String
}
type Thresholds { severity: String value: Float quantile: Int }
type AlertRule {
  id: ID!
  customized: Boolean!
  disabled: Boolean!
  thresholds: [Thresholds!]!
  cluster: Cluster
}
type GlobalAlertRule {
  id: ID!
  name: String!
  message: String!
  object: String
  disabled: Boolean!
  thresholds: [Thresholds!]!
  default_thresholds: [Thresholds!]!
  alert_rules: [AlertRule!]
}
type AggregateGlobalAlertRule { count: Int! }
type GlobalAlertRuleConnection { aggregate: AggregateGlobalAlertRule! }
`;

const built = new Map<string, GraphQLSchema>();

export function graphqlSchema(switches: SwitchStates): GraphQLSchema {
  const absent = [
    ...(switches.of(readClusterSettings) ? [] : [/^ *clusterSettingses\(.*\n/m]),
    ...(switches.of(vncToken) ? [] : [/^ *token: String!\n/m]),
  ];
  const key = absent.join(" ");
  const schema = built.get(key) ?? buildSchema(absent.reduce((left, line) => left.replace(line, ""), text));
  built.set(key, schema);
  return schema;
}
