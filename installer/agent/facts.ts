import { readFile } from 'node:fs/promises';
import si from 'systeminformation';
import type { JsonObject } from '../base/json.ts';
import { knownText } from '../hosts/known-value.ts';

/** A value as reported, or undefined where the machine says nothing: absent is neither good nor bad. */
export function known(value: string | number | null | undefined): string | number | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) && value > 0 ? value : undefined;
  return knownText(value);
}

/** What this machine is made of: processors, memory, disks and network interfaces. Sizes in bytes, speeds in Mbit/s. */
export async function readFacts(): Promise<JsonObject> {
  const [cpu, memory, disks, interfaces] = await Promise.all([
    si.cpu(),
    si.mem(),
    si.diskLayout(),
    si.networkInterfaces(),
  ]);
  return {
    cpu: {
      vendor: known(cpu.manufacturer),
      model: known(cpu.brand),
      threads: known(cpu.cores),
      cores: known(cpu.physicalCores),
      sockets: known(cpu.processors),
    },
    memory: { totalBytes: known(memory.total) },
    disks: disks.map((disk) => ({
      device: known(disk.device),
      model: known(disk.name),
      serial: known(disk.serialNum),
      sizeBytes: known(disk.size),
      kind: known(disk.type),
    })),
    interfaces: await Promise.all([interfaces].flat().map(interfaceFacts)),
  };
}

async function interfaceFacts(found: si.Systeminformation.NetworkInterfacesData): Promise<JsonObject> {
  const speed = known(found.speed) ?? known(Number(await sysfs(found.iface, 'speed')));
  return {
    name: found.iface,
    address: known(found.ip4),
    mac: known(found.mac),
    mtu: known(Number(await sysfs(found.iface, 'mtu'))),
    speedMbits: speed,
    state: known(await sysfs(found.iface, 'operstate')),
    virtual: found.virtual,
  };
}

async function sysfs(name: string, attribute: string): Promise<string | undefined> {
  const text = await readFile(`/sys/class/net/${name}/${attribute}`, 'utf8').catch(() => undefined);
  return text?.trim();
}
