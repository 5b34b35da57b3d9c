namespace Sweeps.Domain.Tests.Sweeps;

/// <summary>A model that was looked at, to be imported.</summary>
internal static class Imported
{
    public static ImportedModel Model { get; } = new()
    {
        Path = "/models/theirs",
        Sha256 = new string('0', 64),
        Content = new ImportedContent(new ModelConfig { NLayer = 3, DModel = 48, NCtx = 64, VocabSize = 512 }, 1234, 0.125),
    };
}
