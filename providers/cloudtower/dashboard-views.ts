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

/** Languages that the titles are there in. */
export type TitleLanguage = "en" | "zh";

interface View {
  name: string;
  resource: GraphArgs["resource"];
  /** Only so many, those with the highest values. */
  top?: number;
  /** By metric. */
  titles: Record<string, Record<TitleLanguage, string>>;
}

/** The pages that every delivered site gets, by their metrics as in facts, part A 6; the titles are ours. */
const VIEWS: View[] = [
  {
    name: "Cluster",
    resource: "cluster",
    titles: {
      cluster_cpu_usage_percent: { en: "CPU usage", zh: "CPU 使用率" },
      cluster_memory_usage_percent: { en: "Memory usage", zh: "内存使用率" },
      zbs_cluster_provisioned_data_space_bytes: { en: "Provisioned data space", zh: "已置备数据空间" },
    },
  },
  {
    name: "Host",
    resource: "host",
    titles: {
      host_cpu_overall_usage_percent: { en: "CPU usage", zh: "CPU 使用率" },
      elf_host_vcpus_provisioned_running: { en: "vCPUs of running virtual machines", zh: "运行中虚拟机的 vCPU 数" },
      host_cpu_temperature_celsius: { en: "CPU temperature", zh: "CPU 温度" },
      host_memory_usage_percent: { en: "Memory usage", zh: "内存使用率" },
      zbs_chunk_read_cache_hit_ratio: { en: "Read cache hit ratio", zh: "读缓存命中率" },
      zbs_chunk_write_cache_hit_ratio: { en: "Write cache hit ratio", zh: "写缓存命中率" },
      zbs_chunk_used_data_space_bytes: { en: "Used data space", zh: "已用数据空间" },
    },
  },
  {
    name: "VM",
    resource: "vm",
    top: 5,
    titles: {
      elf_vm_cpu_overall_usage_percent: { en: "CPU usage", zh: "CPU 使用率" },
      elf_vm_cpu_overall_steal_time_percent: { en: "CPU steal time", zh: "CPU 窃取时间占比" },
      elf_vm_memory_usage_percent: { en: "Memory usage", zh: "内存使用率" },
      elf_vm_disk_overall_write_speed_bps: { en: "Disk write speed", zh: "磁盘写带宽" },
      elf_vm_disk_overall_avg_read_write_latency_ns: { en: "Disk read and write latency", zh: "磁盘读写延迟" },
    },
  },
];

/** These pages with titles of a language. Their names are the same in all: by them they are known in a cluster. */
export function monitoringViews(language: TitleLanguage): { name: string; graphs: GraphArgs[] }[] {
  return VIEWS.map(({ name, resource, top, titles }) => ({
    name,
    graphs: Object.entries(titles).map(([metric, title]) => ({
      title: title[language],
      metric,
      resource,
      ...(top !== undefined && { top }),
    })),
  }));
}
