/** One thing, or several: among many filters most sets have one member, and none of those is made. */
export type Few<T> = T | Several<T>;

export class Several<T> {
  readonly members = new Set<T>();
  /** The round in which the members were last looked at, for the use of whoever counts rounds. */
  seen = 0;
}

export function withMember<T>(few: Few<T> | undefined, member: T): Few<T> {
  if (few === undefined) {
    return member;
  }
  if (few instanceof Several) {
    few.members.add(member);
    return few;
  }
  const several = new Several<T>();
  several.members.add(few).add(member);
  return several;
}

export function withoutMember<T>(few: Few<T> | undefined, member: T): Few<T> | undefined {
  if (few instanceof Several) {
    few.members.delete(member);
    return few.members.size === 0 ? undefined : few;
  }
  return few === member ? undefined : few;
}

export function memberCount<T>(few: Few<T> | undefined): number {
  return few === undefined ? 0 : few instanceof Several ? few.members.size : 1;
}
