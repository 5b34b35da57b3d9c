namespace Sweeps.ModelCore.Interpretability;

/// <summary>What the last byte of a token belongs to in Python's lexical grammar, as far as the text up to there tells.</summary>
internal enum LexicalClass
{
    /// <summary>No text, as between documents.</summary>
    None,

    /// <summary>A word that is a keyword.</summary>
    Keyword,

    /// <summary>A word that is none, or not yet one.</summary>
    Name,

    /// <summary>A number.</summary>
    Number,

    /// <summary>An operator or a delimiter, the braces of a replacement field among them.</summary>
    Operator,

    /// <summary>A quote that opens or closes a string.</summary>
    Quote,

    /// <summary>Text inside a string.</summary>
    StringPiece,

    /// <summary>A comment.</summary>
    Comment,

    /// <summary>The end of a line.</summary>
    NewLine,

    /// <summary>Space before the first character of a line of code.</summary>
    Indent,

    /// <summary>Space between lexemes.</summary>
    Space,
}
