namespace Sweeps.ModelCore.Interpretability;

/// <summary>
/// One entry of a token's context vector: a number, and how a test of it is said. A field is ordered, and tested by "at most", or it has
/// values to be equal to.
/// </summary>
/// <param name="Name">the field's name in files</param>
/// <param name="Ordered">whether its values have an order</param>
/// <param name="Phrase">a test in words: the value, whether the test holds, and how a token id is shown</param>
internal sealed record ContextField(string Name, bool Ordered, Func<int, bool, Func<int, string>, string> Phrase);
