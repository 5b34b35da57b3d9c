namespace Sweeps.Contracts;

/// <summary>
/// How much of one dictionary is found in another: over the alive features of A, the largest cosine with a feature of B, which has its sign
/// (MMCS, mean max cosine similarity).
/// </summary>
/// <param name="A">its name</param>
/// <param name="B">its name</param>
/// <param name="Mean">the mean of the largest cosines; NaN where A has no alive feature</param>
/// <param name="Above">fraction of A's alive features whose largest cosine is above 0.9</param>
public sealed record DictionarySimilarity(string A, string B, double Mean, double Above);
