/** One thing or many: among many filters most sets have one member, and for those no set is made. */
export type OneOrMany<T> = T | Many<T>;

export class Many<T> extends Set<T> {
  /** The round in which the members were last looked at, for whoever counts rounds. */
  seen = 0;
  /** What somebody has made of the members; it is forgotten when one comes or goes. */
  made: unknown;

  override add(member: T): this {
    this.made = undefined;
    return super.add(member);
  }

  override delete(member: T): boolean {
    const wasMember = super.delete(member);
    if (wasMember) {
      this.made = undefined;
    }
    return wasMember;
  }
}

export function withMember<T>(members: OneOrMany<T> | undefined, member: T): OneOrMany<T> {
  if (members === undefined) {
    return member;
  }
  return members instanceof Many ? members.add(member) : new Many([members, member]);
}

export function withoutMember<T>(members: OneOrMany<T> | undefined, member: T): OneOrMany<T> | undefined {
  if (members instanceof Many) {
    members.delete(member);
    return members.size === 0 ? undefined : members;
  }
  return members === member ? undefined : members;
}

export function memberCount<T>(members: OneOrMany<T> | undefined): number {
  return members === undefined ? 0 : members instanceof Many ? members.size : 1;
}
