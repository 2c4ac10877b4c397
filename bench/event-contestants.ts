/** Ways from an event's XML to the handlers that it is for. */
import { addEventHandler, deliverEvents, type FilterSource, openConnection, sendEvent } from '../lib/index';
import type { Contestant } from './harness';

/** So many events are sent before each delivery, unless it is said otherwise. */
const BURST = 100;

/** The events that take turns, and what is expected of them. */
export interface EventTurns {
  readonly xmls: readonly string[];
  /** For how many handlers the first event is, the second, and so on in turn; default one for each. */
  readonly matching?: readonly number[];
}

/** The library: a connection with one handler for each filter. */
export function library(
  name: string,
  filters: readonly FilterSource[],
  { xmls, matching = [1] }: EventTurns,
  burst: number = BURST,
): Contestant {
  const conn = openConnection();
  let calls = 0;
  for (const filter of filters) {
    addEventHandler(conn, filter, () => {
      calls += 1;
    });
  }
  let next = 0;
  return {
    name,
    run(operations) {
      calls = 0;
      let expected = 0;
      for (let left = operations; left > 0; left -= burst) {
        for (let sent = 0; sent < Math.min(burst, left); sent += 1) {
          sendEvent(conn, xmls[next]!);
          expected += matching[next % matching.length]!;
          next = (next + 1) % xmls.length;
        }
        deliverEvents(conn);
      }
      return calls === expected ? operations : 0;
    },
  };
}

/** A peer: a function that handles one event, and returns how many handlers it found. */
export function peer(
  name: string,
  handle: (xml: string) => number,
  { xmls, matching = [1] }: EventTurns,
  release?: () => void,
): Contestant {
  let next = 0;
  return {
    name,
    run(operations) {
      let calls = 0;
      let expected = 0;
      for (let left = operations; left > 0; left -= 1) {
        calls += handle(xmls[next]!);
        expected += matching[next % matching.length]!;
        next = (next + 1) % xmls.length;
      }
      return calls === expected ? operations : 0;
    },
    ...(release && { release }),
  };
}

/** What nobody can do without: as many functions as there are handlers, each of them called in one of the turns. */
export function callsAlone(name: string, functions: number, turns: number): Contestant {
  let calls = 0;
  const all: ((conn: unknown, xml: string, arg: unknown) => void)[] = Array.from({ length: functions }, () => () => {
    calls += 1;
  });
  const inTurn = Array.from({ length: turns }, (_, turn) => all.filter((_, place) => place % turns === turn));
  const byXml = new Map(inTurn.map((handlers, turn) => [`turn ${turn}`, handlers]));
  const callEach = (xml: string) => {
    const before = calls;
    for (const handler of byXml.get(xml)!) {
      handler(undefined, xml, undefined);
    }
    return calls - before;
  };
  return peer(name, callEach, { xmls: [...byXml.keys()], matching: inTurn.map(({ length }) => length) });
}
