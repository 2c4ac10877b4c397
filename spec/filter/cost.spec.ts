import { type CostClass, costOf } from '../../lib/filter/cost';
import { parseExpression } from '../../lib/xpath/parser';
import { readScope } from '../../lib/xpath/scope';

const scope = readScope({}, { limit: 3, text: 'x' }, { f: () => true });

describe('the cost of', () => {
  it.each<[CostClass, string]>([
    // The event element and its attributes.
    ['constant', 'true()'],
    ['constant', '$limit > 2'],
    ['constant', '@type'],
    ['constant', "@type = 'a' or starts-with(@type, 'b')"],
    ['constant', "name() = 'event' and count(..) = 1"],
    ['constant', 'f(@type)'],
    // Elements along the names given.
    ['children', 'domain'],
    ['children', "domain/name = 'web'"],
    ['children', "/event[@type = 'a' and transition/@to = 'b']/domain[name = 'web']"],
    ['children', 'domain[1]/disk[last()]'],
    ['children', "contains(domain/name, 'web')"],
    ['children', "domain/disk[../name = 'web']"],
    ['children', 'domain/disk[count(../disk) > $limit]'],
    ['children', 'domain/following-sibling::transition'],
    ['children', '(domain | network)[1]/name = $text'],
    // All of the event, once.
    ['document', "contains(., 'web')"],
    ['document', "string() = 'web'"],
    ['document', '//disk'],
    ['document', "//disk/@dev = 'vda'"],
    ['document', 'count(//disk) > 3'],
    ['document', '//disk[1]'],
    ['document', '//disk/@id = //nic/@id'],
    ['document', "//disk[preceding-sibling::disk/@dev = 'vda']"],
    ['document', 'domain/disk[following::nic]'],
    ['document', '//disk[@id = /event/@id]'],
    ['document', 'domain/disk[@id = //nic/@id]'],
    ['document', 'domain/disk[not(.//error)]'],
    ['document', 'following::disk[1]'],
    // The event, from many of its nodes.
    ['quadratic', '//disk[count(preceding-sibling::disk) > 3]'],
    ['quadratic', '//disk[@id = preceding::disk/@id]'],
    ['quadratic', 'domain/disk[@id = following-sibling::disk/@id]'],
    ['quadratic', '//disk/following::nic[2]'],
    ['quadratic', 'domain/following::disk[1]'],
    ['quadratic', '//disk[following-sibling::disk[2]]'],
  ])('%s is what %s is estimated to be', (cost, source) => {
    expect(costOf(parseExpression(source), scope)).toBe(cost);
  });
});
