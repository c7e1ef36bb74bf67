import { z } from "zod";

export const graphSchema = z.strictObject({
  title: z.string().min(1).describe("what stands above it; once in a view"),
  metric: z.string().min(1).describe("name of the metric, as cluster_cpu_usage_percent"),
  resource: z.enum(["cluster", "host", "vm"]).describe("what it draws: the cluster, each host, virtual machines"),
  type: z.enum(["AREA", "STACK"]).default("AREA").describe("how it is drawn"),
  top: z.int().min(1).optional().describe("only so many, those with the highest values (TOPK)"),
});
export type PlannedGraph = z.output<typeof graphSchema>;

type GraphArgs = z.input<typeof graphSchema>;

const graphs = (resource: GraphArgs["resource"], titles: Record<string, string>, top?: number): GraphArgs[] =>
  Object.entries(titles).map(([metric, title]) => ({ title, metric, resource, ...(top !== undefined && { top }) }));

/** The pages that every delivered site gets, by their metrics as in facts, part A 6; the titles are ours. */
export const MONITORING_VIEWS: { name: string; graphs: GraphArgs[] }[] = [
  {
    name: "Cluster",
    graphs: graphs("cluster", {
      cluster_cpu_usage_percent: "CPU usage",
      cluster_memory_usage_percent: "Memory usage",
      zbs_cluster_provisioned_data_space_bytes: "Provisioned data space",
    }),
  },
  {
    name: "Host",
    graphs: graphs("host", {
      host_cpu_overall_usage_percent: "CPU usage",
      elf_host_vcpus_provisioned_running: "vCPUs of running virtual machines",
      host_cpu_temperature_celsius: "CPU temperature",
      host_memory_usage_percent: "Memory usage",
      zbs_chunk_read_cache_hit_ratio: "Read cache hit ratio",
      zbs_chunk_write_cache_hit_ratio: "Write cache hit ratio",
      zbs_chunk_used_data_space_bytes: "Used data space",
    }),
  },
  {
    name: "VM",
    graphs: graphs(
      "vm",
      {
        elf_vm_cpu_overall_usage_percent: "CPU usage",
        elf_vm_cpu_overall_steal_time_percent: "CPU steal time",
        elf_vm_memory_usage_percent: "Memory usage",
        elf_vm_disk_overall_write_speed_bps: "Disk write speed",
        elf_vm_disk_overall_avg_read_write_latency_ns: "Disk read and write latency",
      },
      5,
    ),
  },
];
