/** A name as compared: NFKC (which folds width), no white space, no case. 「王 小明」 is 「王小明」, CHEN Ｔａ-wen is Chen Ta-Wen. */
export const foldName = (name: string): string => name.normalize('NFKC').replace(/\s/gu, '').toLowerCase();

export const sameName = (a: string, b: string): boolean => foldName(a) === foldName(b);
