namespace Sweeps.ModelCore.Jobs;

/// <summary>
/// Keeps what was used last, within a budget of bytes; the newest entry stays even when it alone exceeds the budget. Not thread-safe.
/// </summary>
/// <typeparam name="TValue">what is kept; disposed of when it leaves, if it can be</typeparam>
internal sealed class LruCache<TValue>(long budgetBytes, Func<TValue, long> bytesOf) : IDisposable
    where TValue : notnull
{
    private readonly Dictionary<string, LinkedListNode<(string Key, TValue Value, long Bytes)>> _byKey = [];
    private readonly LinkedList<(string Key, TValue Value, long Bytes)> _byUse = new(); // the most recently used first

    public int Count => _byKey.Count;

    public long Bytes { get; private set; }

    /// <summary>The value under <paramref name="key"/>, made by <paramref name="make"/> when it is not there.</summary>
    public TValue GetOrAdd(string key, Func<TValue> make)
    {
        if (_byKey.TryGetValue(key, out var node))
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Value;
        }
        var value = make();
        node = _byUse.AddFirst((key, value, bytesOf(value)));
        _byKey.Add(key, node);
        Bytes += node.Value.Bytes;
        while (Bytes > budgetBytes && _byKey.Count > 1) Remove(_byUse.Last!);
        return value;
    }

    public void Dispose()
    {
        while (_byUse.Last is { } last) Remove(last);
    }

    private void Remove(LinkedListNode<(string Key, TValue Value, long Bytes)> node)
    {
        _byUse.Remove(node);
        _byKey.Remove(node.Value.Key);
        Bytes -= node.Value.Bytes;
        (node.Value.Value as IDisposable)?.Dispose();
    }
}
