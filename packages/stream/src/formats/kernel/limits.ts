/** Bytes of records that are given to the kernel at once. A longer record is read without it. */
export const kernelInputBytesMax = 1024 * 1024

/** Rows that it makes at once. */
export const kernelRowsMax = 2048

/** Fields that it fills: a bit each, of 64. */
export const kernelTargetsMax = 64

/** After so many records of a block, one behind the other, that are none for it, it is asked no more. */
export const kernelRefusalsMax = 8
