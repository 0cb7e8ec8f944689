import type { OutgoingMessage } from 'node:http';

/**
 * Resolves when the piece has been handed to the network, and its memory is free again. A message that is destroyed forgets its
 * callbacks, so its end is listened for as well.
 */
export function sendPiece(message: OutgoingMessage, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Error('the connection ended'));
    message.once('close', stop);
    message.write(piece, (error) => {
      message.off('close', stop);
      if (error) reject(error);
      else resolve();
    });
  });
}
