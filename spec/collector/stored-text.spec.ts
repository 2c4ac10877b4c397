import { hostAttribute, storedText } from '../../lib/collector/stored-text';

const stamp = hostAttribute('kvm-17');

describe('the text of a stored event', () => {
  it.each([
    ['<event type="a" timestamp="s"/>', '<event type="a" timestamp="s" host="kvm-17"/>'],
    [
      "<event\n type = 'a'\ttimestamp='s'\n><b host='x'/></event>",
      "<event\n type = 'a'\ttimestamp='s' host=\"kvm-17\"\n><b host='x'/></event>",
    ],
    ['<event type="a" timestamp="s" host="web-1">x</event>', '<event type="a" timestamp="s" host="web-1">x</event>'],
    ['<event host = "" type="a" timestamp="s"/>', '<event host = "" type="a" timestamp="s"/>'],
    [
      '<event type="a" timestamp="s" note=" host=\'x\' > y" xmlns:n="u" n:host="z"/>',
      '<event type="a" timestamp="s" note=" host=\'x\' > y" xmlns:n="u" n:host="z" host="kvm-17"/>',
    ],
    [
      '<event type="a" timestamp="s" first="1" last="2"/>',
      '<event type="a" timestamp="s" first="1" last="2" host="kvm-17"/>',
    ],
  ])('of %s is %s', (xml, text) => {
    expect(storedText(xml, 'a', stamp)).toBe(text);
  });

  it('has no numbers of lost events, if it is a gap', () => {
    const xml = '<event type="events-lost" first="3" timestamp="s" last = \'9\' count="7"><lost first="1"/></event>';
    const text = '<event type="events-lost" timestamp="s" count="7" host="kvm-17"><lost first="1"/></event>';
    expect(storedText(xml, 'events-lost', stamp)).toBe(text);
  });

  it('has any host as XML can carry it', () => {
    expect(hostAttribute('a"<&>\u0001')).toBe(' host="a&quot;&lt;&amp;&gt;\ufffd"');
  });
});
