namespace Sweeps.ModelCore.Interpretability;

/// <summary>A test of one field of a context vector: whether it is equal to a value, or, where the field is ordered, at most it.</summary>
/// <param name="Field">the field's place in <see cref="ContextFields.All"/></param>
/// <param name="Value">the value</param>
internal readonly record struct ContextTest(int Field, int Value)
{
    /// <summary>Whether the test holds for a value of the field.</summary>
    public bool Holds(int value) => ContextFields.All[Field].Ordered ? value <= Value : value == Value;

    /// <summary>The test in words, or its opposite.</summary>
    public string Phrase(bool holds, Func<int, string> token) => ContextFields.All[Field].Phrase(Value, holds, token);
}
