namespace Sweeps.ModelCore.Interpretability;

/// <summary>A bracket, a string or a replacement field that has been opened and not closed.</summary>
internal sealed class OpenDelimiter
{
    /// <summary>The opening bracket; the quote of a string; <c>{</c> of a replacement field.</summary>
    public required byte Opener { get; init; }

    /// <summary>The number of the token that opened it, from the start of the document.</summary>
    public required int OpenedAt { get; init; }

    public bool IsString => Opener is (byte)'\'' or (byte)'"';

    /// <summary>Whether it is a replacement field of an f-string.</summary>
    public bool IsField { get; init; }

    /// <summary>Whether it is the bracket of a function's parameters.</summary>
    public bool IsParameters { get; init; }

    /// <summary>Whether the string has three quotes.</summary>
    public bool IsTriple { get; init; }

    /// <summary>Whether the string has replacement fields.</summary>
    public bool IsFormatted { get; init; }

    /// <summary>Whether a backslash has no meaning of its own for names of characters.</summary>
    public bool IsRaw { get; init; }

    /// <summary>Whether the string has text; of a replacement field, whether something stood in it.</summary>
    public bool HasText { get; set; }

    /// <summary>Whether the last byte was a backslash.</summary>
    public bool Escaped { get; set; }

    /// <summary>Whether <c>\N</c> was read, whose brace opens no replacement field.</summary>
    public bool Named { get; set; }

    /// <summary>How many quotes in a row were read that may close a string of three.</summary>
    public int Quotes { get; set; }

    /// <summary>Whether the colon of a replacement field was read, so that text follows.</summary>
    public bool InSpecification { get; set; }
}
