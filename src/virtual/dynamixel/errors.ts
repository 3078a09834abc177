/** The low seven bits of a status packet's error byte. */
export const OK = 0;
export const RESULT_FAIL = 1;
export const INSTRUCTION_ERROR = 2;
export const CRC_ERROR = 3;
export const DATA_RANGE_ERROR = 4;
export const DATA_LENGTH_ERROR = 5;
export const DATA_LIMIT_ERROR = 6;
export const ACCESS_ERROR = 7;
