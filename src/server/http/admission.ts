// How much the server takes on at once, over all requests: how many, and how many bytes of bodies. What is over is
// refused before memory is spent on it.
import { CodedError } from "../../error/index.ts";
import type { HttpLimits } from "./limit.ts";

type AdmissionLimits = Pick<HttpLimits, "requestsMax" | "bodyBytesTotalMax">;

/** What one request has been let in with. */
export type Admitted = {
  /** Throws `SERVER_BUSY` unless there is room for a body of this length; takes none of it. */
  readonly expect: (byteLength: number) => void;
  /** Takes room for bytes that came. Throws `SERVER_BUSY` when there is none. */
  readonly take: (byteLength: number) => void;
  /** Gives back all that was taken. */
  readonly release: () => void;
};

export type Admission = {
  /** Throws `SERVER_BUSY` when too many requests are being answered. */
  readonly admit: () => Admitted;
};

export function createAdmission(limits: AdmissionLimits): Admission {
  const { requestsMax, bodyBytesTotalMax } = limits;
  let requests = 0;
  let bytes = 0;
  const expect = (byteLength: number) => {
    if (bytes + byteLength > bodyBytesTotalMax) {
      throw busy(`the bodies of all requests may have ${bodyBytesTotalMax} bytes`);
    }
  };
  return {
    admit: () => {
      if (requests >= requestsMax) throw busy(`it answers ${requestsMax} requests at once`);
      requests += 1;
      let taken = 0;
      return {
        expect,
        // As bytes come, not as they are announced: who announces and never sends would hold it all.
        take: (byteLength) => {
          expect(byteLength);
          bytes += byteLength;
          taken += byteLength;
        },
        release: () => {
          requests -= 1;
          bytes -= taken;
          taken = 0;
        },
      };
    },
  };
}

function busy(reason: string): CodedError {
  return new CodedError(
    "SERVER_BUSY",
    `Cannot take the request as this server is busy: ${reason}: come back later`,
  );
}
