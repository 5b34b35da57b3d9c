namespace Sweeps.ModelCore.Data;

/// <summary>Length in bytes of the piece at the start of a text, which is not empty.</summary>
internal delegate int PieceLength(ReadOnlySpan<byte> text);

/// <summary>Cuts text into the pieces inside which byte pairs may merge. Scanned by hand, on bytes.</summary>
internal static class PreTokenizer
{
    /// <summary>The rule of <paramref name="pattern"/>.</summary>
    public static PieceLength Of(TokenizerPattern pattern) => pattern switch
    {
        TokenizerPattern.Tinypython => TinypythonPieces.Next,
        TokenizerPattern.Gpt2 => Gpt2Pieces.Next,
        _ => throw new ArgumentOutOfRangeException(nameof(pattern), pattern, "expected a known pattern"),
    };
}
