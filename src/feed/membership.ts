import type { Member } from '../store/members.ts';

/**
 * Whose a shard should be: rendezvous hashing, the member with the greatest weight. Every feed computes the same without
 * talking, shares are even, and a member that comes or goes moves only its own shards (Thaler and Ravishankar, 1998).
 * Members that see no market get nothing while another does. Undefined without members.
 */
export function chooseOwner(shard: number, members: readonly Member[]): string | undefined {
  const seeing = members.filter((member) => member.sees);
  let best: string | undefined;
  let bestWeight = -1;
  for (const { id } of seeing.length > 0 ? seeing : members) {
    const weight = weightOf(shard, id);
    if (weight > bestWeight || (weight === bestWeight && id < (best ?? ''))) {
      best = id;
      bestWeight = weight;
    }
  }
  return best;
}

/** FNV-1a over the member's name and the shard, with MurmurHash3's finaliser: neighbouring shards need unlike weights. */
function weightOf(shard: number, member: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${member}/${shard}`)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
