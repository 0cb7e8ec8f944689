import { describe, expect, it } from 'vitest';
import { parseToolOutputs } from '../../../installer/hosts/tool-outputs.ts';

const packed = (text: string): string => Buffer.from(text).toString('base64');

describe('what tools print', () => {
  it('is read with who printed it, of which version and digest', () => {
    const lines = [
      `tool dmidecode ${'a'.repeat(64)} /usr/sbin/dmidecode ${packed('3.4\n')}`,
      `output dmidecode ${packed('dmidecode -t 1')} ${packed('System\n\tModel: A1\n')}`,
      `output dmidecode ${packed('dmidecode -t 2')} `,
      `output lsblk ${packed('lsblk')} ${packed('{}')}`,
    ];
    const tool = { path: '/usr/sbin/dmidecode', version: '3.4', sha256: 'a'.repeat(64) };
    expect(parseToolOutputs(lines.join('\n'))).toEqual([
      { collector: 'dmidecode', command: 'dmidecode -t 1', tool, text: 'System\n\tModel: A1' },
      { collector: 'dmidecode', command: 'dmidecode -t 2', tool, text: '' },
      { collector: 'lsblk', command: 'lsblk', tool: undefined, text: '{}' },
    ]);
  });
});
