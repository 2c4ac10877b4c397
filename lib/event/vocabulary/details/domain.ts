import type { TreeElement } from '../../../xml/tree-element';
import type { DomainEventDetail, DomainReference, DomainStateTransitionDetail } from '../detail-types';
import { attribute, attributesOf, child, integer, text } from './fields';

/** The domain that an event is about. */
export function domainOf(event: TreeElement): DomainReference {
  const domain = child(event, 'domain');
  return {
    id: integer(domain, 'id'),
    type: attribute(domain, 'type'),
    name: text(domain, 'name'),
    uuid: text(domain, 'uuid'),
  };
}

/** Decodes an event that tells no more than which domain it is about. */
export function decodeDomainEvent(event: TreeElement): DomainEventDetail {
  return { domain: domainOf(event) };
}

/** Decodes a `domain-state-transition`. */
export function decodeStateTransition(event: TreeElement): DomainStateTransitionDetail {
  const transition = child(event, 'transition');
  return {
    domain: domainOf(event),
    from: attribute(transition, 'from'),
    to: attribute(transition, 'to'),
    event: attribute(transition, 'event'),
    detail: attribute(transition, 'detail'),
    ...attributesOf(transition, ['found']),
  };
}
