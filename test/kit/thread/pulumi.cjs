// `@pulumi/pulumi`, and what Pulumi's dynamic provider takes of its inside, as far as a provider's thread has it. A
// provider registers no resource: of the SDK it needs the class that its kinds extend.
module.exports = {
  CustomResource: class {},
  /** `runtime`: options of a channel, which a thread has none of. */
  grpcChannelOptions: {},
  /** `runtime/rpc`: the value that stands for one not known yet. */
  unknownValue: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  /** `runtime/rpc`: settings reach a provider of the kit in plain text. */
  unwrapRpcSecret: (value) => value,
  /** `metadata` */
  getProject: () => process.env.PULUMI_NODEJS_PROJECT,
};
