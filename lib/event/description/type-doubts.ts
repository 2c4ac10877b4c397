import { nearest } from '../../did-you-mean';
import { typeOfLibvirtName } from './libvirt-names';
import { typeDescriptions } from './types';

/**
 * Why a name is hardly that of a type of events, and what may have been meant.
 *
 * Programs send events of types of their own, so a name that is like none of the library's raises no doubt.
 */
export function doubtAboutType(name: string): string | undefined {
  if (typeDescriptions.has(name)) {
    return undefined;
  }
  const shown = JSON.stringify(name);
  const libvirts = typeOfLibvirtName(name.trim());
  if (libvirts !== undefined) {
    return `${shown} is libvirt's name for events whose type here is '${libvirts}'`;
  }
  if (name.includes(',')) {
    return `${shown} is taken as one name, the comma included; each type is named by itself`;
  }
  if (/[*?]/.test(name)) {
    const [, beginning] = /^([\w-]+)\*$/.exec(name) ?? [];
    const instead = beginning === undefined ? '' : `; write the expression "starts-with(@type, '${beginning}')"`;
    return `${shown} is taken as it stands: a type's name has no wildcards${instead}`;
  }
  const meant = nearest(name.trim(), typeDescriptions.keys());
  return meant && `neither libvirt nor this library has events of the type ${shown}; did you mean '${meant}'?`;
}
