/** In place of the packages that make DOM documents for a program's own functions: there are none on a page. */
export {};
