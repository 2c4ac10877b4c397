import { domainElement, writeTransition } from '../../lib/event/domain-elements';
import { EventText } from '../../lib/event/event-text';
import { readEvent } from '../../lib/event/read-event';
import { defaultEventLimits } from '../../lib/xml/limits';

const finish = (event: EventText) => event.finish('now', defaultEventLimits);

describe('the elements about a domain', () => {
  it.each(['web', 'wëb', 'a&b', 'a\0b', '😀'])('say what they are given, and how long they are: %j', (name) => {
    const event = new EventText('t').whole(domainElement({ name, uuid: 'u', id: 3 }, 'qemu', -1));
    const finished = finish(event);
    const shown = name.replace('&', '&amp;').replace('\0', '\uFFFD');
    expect(finished.xml).toContain(`<domain id="-1" type="qemu"><name>${shown}</name><uuid>u</uuid></domain>`);
    expect(readEvent(finished.xml, defaultEventLimits)).toEqual(finished);
  });

  it('tell transitions apart, however many there are', () => {
    const written = [1, 2].flatMap(() =>
      ['from', 'to', 'event', 'detail'].flatMap((differing) =>
        Array.from({ length: 20 }, (_, number) => {
          const transition = { from: 'a', to: 'b', event: 'c', detail: 'd', [differing]: String(number) };
          const { from, to, event, detail } = transition;
          return [
            finish(writeTransition(new EventText('t'), transition)).xml,
            `<event type="t" timestamp="now"><transition from="${from}" to="${to}" event="${event}" detail="${detail}"/></event>`,
          ];
        }),
      ),
    );
    expect(written.map(([xml]) => xml)).toEqual(written.map(([, expected]) => expected));
  });

  it('are counted for the caps', () => {
    const transition = { from: 'a', to: 'b', event: 'c', detail: 'd' };
    const capped = (limits: object, found?: 'by-comparison') => () =>
      writeTransition(
        new EventText('t').whole(domainElement({ name: 'n', uuid: 'u', id: 3 }, 'qemu', 3)),
        transition,
        found,
      ).finish('now', { ...defaultEventLimits, ...limits });
    const exact = { eventElements: 5, eventDepth: 3, eventAttributes: 4 };
    expect(capped(exact)).not.toThrow();
    expect(capped(exact, 'by-comparison')).toThrow(expect.objectContaining({ code: 'ERR_EVENT_TOO_MANY_ATTRIBUTES' }));
    expect(capped({ eventElements: 4 })).toThrow(expect.objectContaining({ code: 'ERR_EVENT_TOO_MANY_ELEMENTS' }));
    expect(capped({ eventDepth: 2 })).toThrow(expect.objectContaining({ code: 'ERR_EVENT_TOO_DEEP' }));
  });
});
