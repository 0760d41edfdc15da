// Resources of the process and of its machine.

import type { Row } from "../grid.ts";
import { timeSeries } from "../panels.ts";
import { MACHINE_INTERVAL, of, ofMachine, rate } from "../queries.ts";

export const PROCESS: Row = {
  title: "Process",
  panelWidth: 12,
  panelHeight: 8,
  panels: [
    timeSeries({
      title: "Memory",
      about: "Resident memory.",
      unit: "bytes",
      queries: [{ expr: of("process_resident_memory_bytes"), legend: "{{instance}}" }],
    }),
    timeSeries({
      title: "CPU",
      about: "100 % is one core. Counting uses one core; decompression and the runtime may use more.",
      unit: "percentunit",
      queries: [{ expr: rate("process_cpu_seconds_total"), legend: "{{instance}}" }],
    }),
  ],
};

export const MACHINE: Row = {
  title: "Machine (node_exporter)",
  panelWidth: 8,
  panelHeight: 7,
  panels: [
    timeSeries({
      title: "CPU in use",
      about: "All cores together.",
      unit: "percentunit",
      max: 1,
      queries: [{
        expr: `1 - avg by (instance) (rate(${
          ofMachine("node_cpu_seconds_total", 'mode="idle"')
        }[$__rate_interval]))`,
        legend: "{{instance}}",
        interval: MACHINE_INTERVAL,
      }],
    }),
    timeSeries({
      title: "Memory in use",
      about: "Memory that is not available to other programs.",
      unit: "percentunit",
      max: 1,
      queries: [{
        expr: `1 - ${ofMachine("node_memory_MemAvailable_bytes")} / ${
          ofMachine("node_memory_MemTotal_bytes")
        }`,
        legend: "{{instance}}",
        interval: MACHINE_INTERVAL,
      }],
    }),
    timeSeries({
      title: "Disk in use",
      about: "Each file system on a disk. Snapshots and Prometheus's data need space.",
      unit: "percentunit",
      max: 1,
      queries: [{
        expr: `1 - ${ofMachine("node_filesystem_avail_bytes", 'fstype!~"tmpfs|ramfs|squashfs"')} / ${
          ofMachine("node_filesystem_size_bytes")
        }`,
        legend: "{{instance}} {{mountpoint}}",
        interval: MACHINE_INTERVAL,
      }],
    }),
  ],
};
