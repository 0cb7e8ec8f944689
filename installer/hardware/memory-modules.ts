/** The size of a memory module as dmidecode writes it, `16 GB` or `16384 MB`, in the binary units that modules are counted in. */
export function moduleMib(text: string): number {
  const [, amount = '0', unit] = /^(\d+) ?([MG])/.exec(text) ?? [];
  return Number(amount) * (unit === 'G' ? 1024 : 1);
}
