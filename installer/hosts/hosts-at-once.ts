/** So many hosts are worked on side by side: each of them costs a connection and a part of this machine. */
export const hostsAtOnce = 32;
