/** How deep expressions, subqueries and types may nest before the parser refuses them. */
export const nestingDepthMax = 200

/** How many operators of one precedence may follow one another (`a + b + c …`). */
export const operatorChainMax = 1000
