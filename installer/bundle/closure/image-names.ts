import { isLikeReference } from './reference-form.ts';

/** image, runImage, AFFINITY_IMAGE, default-image, imageName, image_ref, imageURL; not imagePullPolicy, imageTag, imageDigest. */
const endings = '(?:[._-]?(?:name|ref|reference|uri|url|repo|repository|pullspec))?';
const namesImage = new RegExp(`images?${endings}$`, 'i');
/** What operators call the images that they start themselves: RELATED_IMAGE_PROXY. */
const ofOperator = /^RELATED_IMAGE_/i;
/** shell-image-win, or the bundle of Tekton that a task comes from. A value of one plain word is none here. */
const mayNameImage = /image|^bundle$/i;

/** For regular expressions over texts: what may stand between a name's last "image" and its end. */
export const imageNamePattern = `[\\w.-]*images?${endings}`;

/** True when a field, key, variable or option of this name holds an image, or parts of one. */
export function saysImage(name: string): boolean {
  return namesImage.test(name) || ofOperator.test(name);
}

/** True when the name and the text together say that the text is an image. */
export function isImageByName(name: string, text: string): boolean {
  if (!isLikeReference(text)) return false;
  return saysImage(name) || (mayNameImage.test(name) && /[/:]/.test(text));
}
