namespace Sweeps.ModelCore.Data;

/// <summary>The one step that training and encoding share.</summary>
internal static class BytePair
{
    /// <summary>Replaces each pair of neighbours (left, right), from the left, by <paramref name="merged"/>.</summary>
    public static int[] Merge(int[] ids, int left, int right, int merged)
    {
        var result = new int[ids.Length];
        var length = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i] == left && i + 1 < ids.Length && ids[i + 1] == right)
            {
                result[length++] = merged;
                i++;
            }
            else
            {
                result[length++] = ids[i];
            }
        }
        return length == ids.Length ? ids : result[..length];
    }
}
