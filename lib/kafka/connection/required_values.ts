// Checks the values that kafkajs decodes as null although the protocol has no null there. The rest of this program would
// meet them as an error of its own.

interface CoordinatorAnswer {
  readonly errorCode: number;
  readonly coordinator: { readonly host: unknown };
}

interface JoinAnswer {
  readonly errorCode: number;
  readonly leaderId: unknown;
  readonly memberId: unknown;
  readonly members: readonly { readonly memberId: unknown; readonly memberMetadata: unknown }[];
}

interface SyncAnswer {
  readonly errorCode: number;
  readonly memberAssignment: unknown;
}

/** The only error that comes with a value. */
const MEMBER_ID_REQUIRED = 79;

/** Throws a RangeError where a required value of the answer is null. */
export function requireValues(api: string, answer: unknown): void {
  if (valuesOf(api, answer).includes(null)) {
    throw new RangeError(`cannot decode the answer to ${api}: a value is null that must not be`);
  }
}

function valuesOf(api: string, answer: unknown): readonly unknown[] {
  switch (api) {
    case "GroupCoordinator": {
      const { errorCode, coordinator } = answer as CoordinatorAnswer;
      return errorCode === 0 ? [coordinator.host] : [];
    }
    case "JoinGroup": {
      const { errorCode, leaderId, memberId, members } = answer as JoinAnswer;
      if (errorCode === MEMBER_ID_REQUIRED) return [memberId];
      if (errorCode !== 0) return [];
      return [leaderId, memberId, ...members.flatMap((one) => [one.memberId, one.memberMetadata])];
    }
    case "SyncGroup": {
      const { errorCode, memberAssignment } = answer as SyncAnswer;
      return errorCode === 0 ? [memberAssignment] : [];
    }
    default:
      return [];
  }
}
